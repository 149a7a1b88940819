//! Scenes by number: rooms, streets, landscapes and figures with thin things and foliage, each from its own seed.

use bevy_math::{Quat, Vec3};
use kinema_core::Seed;

use super::Scene;
use super::shapes::{Pattern, Shape, Skin, Thing};

impl Scene {
    /// The scene with a number; four kinds in turn. Nearest things are about 1 unit away, the farthest 8 to 14; seen
    /// by a camera with `focal_widths` of 0.9 at the origin, and nothing but things fills the picture.
    pub fn numbered(number: u64) -> Self {
        let mut stage = Stage { seed: Seed::for_part(number, "truth", "stage"), things: Vec::new() };
        match number % 4 {
            0 => stage.room(),
            1 => stage.street(),
            2 => stage.landscape(),
            _ => stage.figures(),
        }
        Self { things: stage.things }
    }
}

struct Stage {
    seed: Seed,
    things: Vec<Thing>,
}

impl Stage {
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.seed.range(low..high)
    }

    fn colour(&mut self) -> Vec3 {
        let base = Vec3::new(self.between(0.05, 0.9), self.between(0.05, 0.9), self.between(0.05, 0.9));
        // Saturated enough to tell things apart, light enough to be seen.
        base * (0.35 / base.dot(Vec3::new(0.21, 0.72, 0.07)).max(0.1)).min(1.3)
    }

    fn skin(&mut self, pattern: Pattern, per_length: f32) -> Skin {
        let first = self.colour();
        let second = self.colour();
        Skin { first, second, pattern, per_length, holes: 0.0, seed: self.seed.next_u64() as u32 }
    }

    fn put(&mut self, shape: Shape, skin: Skin) {
        self.things.push(Thing { shape, skin });
    }

    fn floor(&mut self, height: f32, pattern: Pattern, per_length: f32) {
        let skin = self.skin(pattern, per_length);
        let middle = Vec3::new(0.0, height, -40.0);
        self.put(Shape::Card { middle, half_x: Vec3::X * 80.0, half_y: Vec3::Z * 41.0 }, skin);
    }

    fn wall(&mut self, distance: f32, pattern: Pattern, per_length: f32) {
        let skin = self.skin(pattern, per_length);
        let lean = Quat::from_rotation_y(self.between(-0.3, 0.3));
        let middle = Vec3::new(0.0, 0.0, -distance);
        self.put(Shape::Card { middle, half_x: lean * (Vec3::X * 40.0), half_y: Vec3::Y * 30.0 }, skin);
    }

    fn sphere(&mut self, distance: f32, radius: f32) {
        let x = self.between(-0.4, 0.4) * distance;
        let y = self.between(-0.2, 0.15) * distance;
        let skin = self.skin(Pattern::Noise, 3.0 / radius);
        self.put(Shape::Sphere { middle: Vec3::new(x, y, -distance), radius }, skin);
    }

    fn boxes(&mut self, count: usize, near: f32, far: f32, floor: f32) {
        for i in 0..count {
            let distance = near + (far - near) * (i as f32 + 0.5) / count as f32;
            let half =
                Vec3::new(self.between(0.08, 0.2), self.between(0.15, 0.4), self.between(0.05, 0.15)) * distance * 0.5;
            let x = self.between(-0.45, 0.45) * distance;
            let pattern = if i % 2 == 0 { Pattern::Checks } else { Pattern::Noise };
            let skin = self.skin(pattern, 6.0 / half.x.max(0.2));
            self.put(Shape::Box { middle: Vec3::new(x, floor + half.y, -distance), half }, skin);
        }
    }

    fn pole(&mut self, distance: f32, radius: f32, floor: f32) {
        let x = self.between(-0.4, 0.4) * distance;
        let skin = self.skin(Pattern::Stripes, 1.5);
        self.put(Shape::Pole { foot: Vec3::new(x, floor, -distance), radius, height: 9.0 }, skin);
    }

    fn bush(&mut self, distance: f32, half: f32) {
        let x = self.between(-0.35, 0.35) * distance;
        let y = self.between(-0.1, 0.2) * distance;
        let mut skin = self.skin(Pattern::Noise, 6.0 / half);
        skin.holes = 0.42;
        let middle = Vec3::new(x, y, -distance);
        self.put(Shape::Card { middle, half_x: Vec3::X * half, half_y: Vec3::Y * half * 0.7 }, skin);
    }

    fn room(&mut self) {
        let far = self.between(6.0, 8.0);
        self.wall(far, Pattern::Bricks, 2.0);
        self.floor(-1.1, Pattern::Checks, 1.5);
        self.boxes(4, 1.6, 4.5, -1.1);
        let distance = self.between(1.3, 1.8);
        self.sphere(distance, 0.28);
        self.pole(2.2, 0.03, -1.1);
    }

    fn street(&mut self) {
        self.wall(13.0, Pattern::Noise, 0.4);
        self.floor(-1.4, Pattern::Noise, 1.2);
        for side in [-1.0, 1.0] {
            let skin = self.skin(Pattern::Bricks, 2.5);
            let middle = Vec3::new(side * 4.4, 1.5, -9.0);
            self.put(Shape::Box { middle, half: Vec3::new(1.2, 4.0, 4.0) }, skin);
        }
        self.boxes(3, 2.5, 6.0, -1.4);
        self.pole(1.6, 0.035, -1.4);
        self.pole(3.0, 0.05, -1.4);
    }

    fn landscape(&mut self) {
        self.wall(14.0, Pattern::Noise, 0.25);
        self.floor(-1.0, Pattern::Noise, 2.0);
        for distance in [3.0, 5.0, 8.0] {
            let radius = self.between(0.5, 0.9);
            self.sphere(distance, radius);
        }
        self.bush(1.7, 0.45);
        self.pole(2.5, 0.06, -1.0);
    }

    fn figures(&mut self) {
        let far = self.between(7.0, 10.0);
        self.wall(far, Pattern::Noise, 0.8);
        self.floor(-1.2, Pattern::Bricks, 3.0);
        for distance in [1.5, 2.4] {
            let x = self.between(-0.3, 0.3) * distance;
            let clothes = self.skin(Pattern::Noise, 8.0);
            let skin = self.skin(Pattern::Plain, 6.0);
            self.put(Shape::Pole { foot: Vec3::new(x, -1.2, -distance), radius: 0.2, height: 1.25 }, clothes);
            self.put(Shape::Sphere { middle: Vec3::new(x, 0.18, -distance), radius: 0.16 }, skin);
            // Something of an arm: a bar across the picture's depth.
            self.put(
                Shape::Box { middle: Vec3::new(x + 0.3, -0.15, -distance), half: Vec3::new(0.18, 0.035, 0.035) },
                skin,
            );
        }
        self.boxes(2, 3.5, 5.5, -1.2);
    }
}
